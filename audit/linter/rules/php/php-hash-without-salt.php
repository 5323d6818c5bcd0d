<?php
// ruleid: php-hash-without-salt
$a = hash('sha256', $password);
// ruleid: php-hash-without-salt
$user->hash = hash('sha512', $_POST['password']);
// ok: php-hash-without-salt
$b = password_hash($password, PASSWORD_DEFAULT);
// ok: php-hash-without-salt
$c = hash('sha256', $salt . $password);
// ok: php-hash-without-salt
$d = hash('sha256', $file);
