fn f(data: &[u8]) {
    // ruleid: rust-weak-hash
    let a = Md5::new();
    // ruleid: rust-weak-hash
    let b = crypto::sha1::Sha1::new();
    // ruleid: rust-weak-hash
    let c = md5::compute(data);
    // ok: rust-weak-hash
    let d = Sha256::new();
    // ok: rust-weak-hash
    let e = Sha256::digest(data);
    // ruleid: rust-weak-hash
    let g = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data);
    // ok: rust-weak-hash
    let h = digest::digest(&digest::SHA256, data);
}
