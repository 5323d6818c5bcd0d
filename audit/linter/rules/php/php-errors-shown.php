<?php
// ruleid: php-errors-shown
ini_set('display_errors', 'on');
// ruleid: php-errors-shown
phpinfo();
// ok: php-errors-shown
ini_set('display_errors', '0');
// ok: php-errors-shown
ini_set('log_errors', '1');
