fn f(pointer: *const u8) -> u8 {
    // ruleid: rust-unsafe-block
    unsafe { *pointer }
}

fn g(value: &u8) -> u8 {
    // ok: rust-unsafe-block
    let a = { *value };
    // ok: rust-unsafe-block
    a
}
