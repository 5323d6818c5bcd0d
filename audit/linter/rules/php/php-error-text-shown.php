<?php
try { run(); } catch (Exception $e) {
  // ruleid: php-error-text-shown
  echo "failed: " . $e->getMessage();
  // ruleid: php-error-text-shown
  die("failed: {$e->getMessage()}");
  // ok: php-error-text-shown
  error_log($e->getMessage());
  // ok: php-error-text-shown
  echo "failed";
}
// ruleid: php-error-text-shown
mysqli_query($c, $q) or die(mysqli_error($c));
// ok: php-error-text-shown
echo $user->getName();
