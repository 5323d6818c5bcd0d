<?php
// ruleid: php-hardcoded-secret
$password = 'hunter22x';
// ruleid: php-hardcoded-secret
define('API_KEY', 'sk4f8a72c9d01');
// ok: php-hardcoded-secret
$secret = getenv('SECRET');
// ok: php-hardcoded-secret
$password_hint = 'thinkagain';
// ruleid: php-hardcoded-secret
$m = new mysqli("localhost", "shop", "hunter22x");
// ruleid: php-hardcoded-secret
$n = ['user' => 'shop', 'password' => 'hunter22x'];
// ok: php-hardcoded-secret
$o = ['user' => 'shop', 'password' => getenv('PASSWORD')];
