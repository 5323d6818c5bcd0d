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
impl ServerCertVerifier for Any {
    // ruleid: rust-tls-unverified
    fn verify_server_cert(&self, end: &Certificate) -> Result<ServerCertVerified, Error> { Ok(ServerCertVerified::assertion()) }
}
impl ServerCertVerifier for One {
    // ok: rust-tls-unverified
    fn verify_server_cert(&self, end: &Certificate) -> Result<ServerCertVerified, Error> { self.inner.verify_server_cert(end) }
}
