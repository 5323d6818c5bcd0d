<?php
// ruleid: php-address-as-proof
$a = $_SERVER['HTTP_X_FORWARDED_FOR'];
// ruleid: php-address-as-proof
if ($_SERVER["REMOTE_ADDR"] == $host) { admin(); }
// ok: php-address-as-proof
$b = $_SERVER['REQUEST_METHOD'];
// ok: php-address-as-proof
$c = $_SERVER['REQUEST_TIME'];
// ok: php-address-as-proof
error_log($_SERVER['REMOTE_ADDR']);
$address = $_SERVER['REMOTE_ADDR'];
// ruleid: php-address-as-proof
if (in_array($address, $friends)) { admin(); }
