void f(EVP_CIPHER_CTX *c, const char *key, const char *iv) {
  // ruleid: c-unauthenticated-cipher
  EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv);
  // ruleid: c-unauthenticated-cipher
  EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, iv);
  // ok: c-unauthenticated-cipher
  EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, iv);
  // ok: c-unauthenticated-cipher
  EVP_DigestInit_ex(c, EVP_sha256(), NULL);
}
void g(EVP_CIPHER_CTX *c, const char *key, const char *iv) {
  // ok: c-unauthenticated-cipher
  EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv);
  HMAC(EVP_sha256(), key, 32, out, n, mac, &len);
}
