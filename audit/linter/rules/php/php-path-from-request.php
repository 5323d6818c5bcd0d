<?php
// ruleid: php-path-from-request
readfile("files/" . $_GET['name']);
// ok: php-path-from-request
readfile("files/" . basename($_GET['name']));
// ok: php-path-from-request
readfile("files/a.txt");
$page = in_array($_GET['page'], $pages, true) ? $_GET['page'] : 'home';
// ok: php-path-from-request
include "pages/$page.php";
function show($name) {
  $file = $_GET['file'];
  if (!isset($file) || !preg_match('/^[a-z]+$/', $file)) { exit; }
  // ok: php-path-from-request
  readfile("files/" . $file);
  // ruleid: php-path-from-request
  unlink("files/" . $_POST['file']);
}
