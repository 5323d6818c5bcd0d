void f(std::vector<int> &values) {
  // ruleid: cpp-erase-in-loop
  for (auto i = values.begin(); i != values.end(); ++i) {
    values.erase(i);
  }
  // ok: cpp-erase-in-loop
  for (auto i = values.begin(); i != values.end();) {
    i = values.erase(i);
  }
  // ok: cpp-erase-in-loop
  for (auto value : values) {
    others.erase(value);
  }
}
