<?php
// ruleid: php-errors-shown
ini_set('display_errors', 'on');
// ruleid: php-errors-shown
phpinfo();
try { run(); } catch (Exception $e) {
  // ruleid: php-errors-shown
  echo $e->getMessage();
  // ok: php-errors-shown
  error_log($e->getMessage());
}
// ok: php-errors-shown
ini_set('display_errors', '0');
// ok: php-errors-shown
ini_set('log_errors', '1');
