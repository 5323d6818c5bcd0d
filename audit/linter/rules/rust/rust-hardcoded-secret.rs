// ruleid: rust-hardcoded-secret
const API_KEY: &str = "sk4f8a72c9d01";

fn f() {
    // ruleid: rust-hardcoded-secret
    let password = "hunter22x";
    // ok: rust-hardcoded-secret
    let password = std::env::var("PASSWORD");
    // ok: rust-hardcoded-secret
    let token = "{}";
    // ok: rust-hardcoded-secret
    let greeting = "good-morning";
    // ruleid: rust-hardcoded-secret
    let pool = connect("postgres://shop:hunter22x@example.org/shop");
    // ok: rust-hardcoded-secret
    let other = connect("postgres://example.org/shop");
}
