<?php
// ruleid: php-deserialize
$a = unserialize($text);
// ok: php-deserialize
$b = json_decode($text, true);
// ok: php-deserialize
$c = unserialize($text, ['allowed_classes' => false]);
// ok: php-deserialize
$e = unserialize($text, ['allowed_classes' => [User::class]]);
// ruleid: php-deserialize
$f = igbinary_unserialize($text);
