<?php
// ruleid: php-weak-cipher
$a = openssl_encrypt($text, 'des-ede3-cbc', $key, 0, $iv);
// ruleid: php-weak-cipher
$b = openssl_encrypt($text, 'AES-128-ECB', $key);
// ok: php-weak-cipher
$c = openssl_encrypt($text, 'aes-256-gcm', $key, 0, $iv, $tag);
// ok: php-weak-cipher
$d = sodium_crypto_secretbox($text, $nonce, $key);
