<?php
// ruleid: php-weak-hash
$a = md5($password);
// ruleid: php-weak-hash
$b = SHA1($text);
// ok: php-weak-hash
$c = password_hash($password, PASSWORD_DEFAULT);
// ok: php-weak-hash
$d = hash('sha256', $text);
// ruleid: php-weak-hash
$e = hash('md5', $text);
// ok: php-weak-hash
$f = hash('sha256', $text);
