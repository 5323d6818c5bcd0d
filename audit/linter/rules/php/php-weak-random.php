<?php
// ruleid: php-weak-random
$a = mt_rand(1, 9);
// ruleid: php-weak-random
$b = uniqid();
// ok: php-weak-random
$c = random_int(1, 9);
// ok: php-weak-random
$d = random_bytes(16);
