void f() {
  // ruleid: cpp-auto-pointer
  std::auto_ptr<int> a(new int(1));
  // ruleid: cpp-auto-pointer
  auto b = std::auto_ptr<int>(new int(1));
  // ok: cpp-auto-pointer
  std::unique_ptr<int> c(new int(1));
  // ok: cpp-auto-pointer
  auto d = std::make_unique<int>(1);
}
// ruleid: cpp-auto-pointer
typedef std::auto_ptr<Reader> ReaderPointer;
// ok: cpp-auto-pointer
typedef std::unique_ptr<Reader> OtherPointer;
