<?php
// ruleid: php-sql-from-request
mysqli_query($db, "SELECT * FROM t WHERE id = " . $_GET['id']);
// ok: php-sql-from-request
$db->prepare("SELECT * FROM t WHERE id = ?")->execute([$_GET['id']]);
// ok: php-sql-from-request
mysqli_query($db, "SELECT * FROM t WHERE id = " . intval($_GET['id']));
function find($c, $name) {
  // ruleid: php-sql-from-request
  return mysqli_query($c, "SELECT * FROM users WHERE name = '$name'");
}
function number($c, $id) {
  // ok: php-sql-from-request
  return mysqli_query($c, "SELECT * FROM users WHERE id = " . (int) $id);
}
