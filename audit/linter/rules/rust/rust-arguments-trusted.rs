fn f() {
    // ruleid: rust-arguments-trusted
    let a: Vec<String> = env::args().collect();
    // ruleid: rust-arguments-trusted
    let b = std::env::current_exe();
    // ok: rust-arguments-trusted
    let c = env::consts::OS;
    // ok: rust-arguments-trusted
    let d: Vec<String> = arguments().collect();
}
