fn f(data: &[u8]) {
    let path = std::env::temp_dir().join("session.dat");
    // ruleid: rust-temporary-name
    let a = File::create(&path);
    // ruleid: rust-temporary-name
    fs::create_dir_all(env::temp_dir().join("cache"));
    // ok: rust-temporary-name
    let b = tempfile::NamedTempFile::new();
    // ok: rust-temporary-name
    let c = File::create(home.join("session.dat"));
}
