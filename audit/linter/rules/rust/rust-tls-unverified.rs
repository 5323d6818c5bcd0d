fn f(builder: ClientBuilder) {
    // ruleid: rust-tls-unverified
    let a = builder.danger_accept_invalid_certs(true);
    // ruleid: rust-tls-unverified
    context.set_verify(SslVerifyMode::NONE);
    // ok: rust-tls-unverified
    let b = builder.danger_accept_invalid_certs(false);
    // ok: rust-tls-unverified
    context.set_verify(SslVerifyMode::PEER);
}
