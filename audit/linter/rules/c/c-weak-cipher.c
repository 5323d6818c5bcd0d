void f(EVP_CIPHER_CTX *context) {
  // ruleid: c-weak-cipher
  EVP_EncryptInit(context, EVP_des_cbc(), key, iv);
  // ruleid: c-weak-cipher
  EVP_EncryptInit(context, EVP_aes_128_ecb(), key, iv);
  // ok: c-weak-cipher
  EVP_EncryptInit(context, EVP_aes_256_gcm(), key, iv);
  // ok: c-weak-cipher
  EVP_describe();
  // ruleid: c-weak-cipher
  BF_set_key(&key, 16, bytes);
  // ok: c-weak-cipher
  AES_set_encrypt_key(bytes, 256, &key);
}
