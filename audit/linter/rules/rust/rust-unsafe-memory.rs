fn f(values: &mut Vec<u8>, i: usize) {
    // ruleid: rust-unsafe-memory
    let a = unsafe { std::mem::transmute(values[i]) };
    // ruleid: rust-unsafe-memory
    let b = unsafe { values.get_unchecked(i) };
    // ruleid: rust-unsafe-memory
    unsafe { values.set_len(9) };
    // ok: rust-unsafe-memory
    let c = values.get(i);
    // ok: rust-unsafe-memory
    let d = u32::from_ne_bytes(bytes);
}
