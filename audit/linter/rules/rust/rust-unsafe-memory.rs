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
// ruleid: rust-unsafe-memory
static mut COUNT: u32 = 0;
// ok: rust-unsafe-memory
static LIMIT: u32 = 9;
fn g(place: *const u8, i: usize) -> u8 {
    // ruleid: rust-unsafe-memory
    unsafe { *place.add(i) }
}
fn h(count: &u8, i: u8) -> u8 {
    // ok: rust-unsafe-memory
    *count * i
}
