<?php
// ruleid: php-sql-from-request
mysqli_query($db, "SELECT * FROM t WHERE id = " . $_GET['id']);
// ok: php-sql-from-request
$db->prepare("SELECT * FROM t WHERE id = ?")->execute([$_GET['id']]);
// ok: php-sql-from-request
mysqli_query($db, "SELECT * FROM t WHERE id = " . intval($_GET['id']));
