void f(std::vector<int> &values) {
  for (auto i = values.begin(); i != values.end(); ++i) {
    // ruleid: cpp-erase-in-loop
    values.erase(i);
  }
  for (auto i = values.begin(); i != values.end();) {
    // ok: cpp-erase-in-loop
    i = values.erase(i);
  }
  for (auto value : values) {
    // ok: cpp-erase-in-loop
    others.erase(value);
  }
}
void g(std::vector<int> &values) {
  for (int value : values) {
    if (value > 1) {
      // ruleid: cpp-erase-in-loop
      values.push_back(value);
    }
  }
  auto i = values.begin();
  while (i != values.end()) {
    // ruleid: cpp-erase-in-loop
    if (*i > 1) { values.erase(i); }
    ++i;
  }
  for (auto j = values.begin(); j != values.end(); ++j) {
    // ok: cpp-erase-in-loop
    if (*j > 1) { values.erase(j); break; }
  }
}
