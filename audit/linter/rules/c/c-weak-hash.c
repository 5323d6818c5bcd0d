void f(void) {
  // ruleid: c-weak-hash
  MD5(text, n, out);
  // ruleid: c-weak-hash
  EVP_DigestInit(context, EVP_sha1());
  // ok: c-weak-hash
  SHA256(text, n, out);
  // ok: c-weak-hash
  EVP_DigestInit(context, EVP_sha256());
  // ruleid: c-weak-hash
  gcry_md_open(&handle, GCRY_MD_MD5, 0);
  // ok: c-weak-hash
  gcry_md_open(&handle, GCRY_MD_SHA256, 0);
}
