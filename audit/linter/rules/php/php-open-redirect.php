<?php
// ruleid: php-open-redirect
header("Location: " . $_GET['next']);
// ok: php-open-redirect
header("Location: /home");
// ok: php-open-redirect
header("Content-Type: application/json");
// ok: php-open-redirect
header("Location: /show.php?id=" . $_GET['id']);
// ok: php-open-redirect
header("Content-Disposition: attachment; filename=" . $_GET['name']);
// ruleid: php-open-redirect
header("Location: {$_GET['next']}");
function done(Request $asked) {
  // ruleid: php-open-redirect
  return redirect($asked->input('next'));
}
function back(Request $asked) {
  // ok: php-open-redirect
  return redirect()->intended('/home');
}
