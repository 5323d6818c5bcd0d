<?php
// ruleid: php-private-key
$a = '-----BEGIN RSA PRIVATE KEY-----
MIIB
-----END RSA PRIVATE KEY-----';
// ok: php-private-key
$b = '-----BEGIN PUBLIC KEY-----
MIIB
-----END PUBLIC KEY-----';
// ok: php-private-key
$c = file_get_contents(getenv('KEY_FILE'));
