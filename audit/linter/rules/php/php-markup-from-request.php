<?php
// ruleid: php-markup-from-request
echo "Hello " . $_GET['name'];
// ok: php-markup-from-request
echo "Hello " . htmlspecialchars($_GET['name']);
// ok: php-markup-from-request
echo "Page " . intval($_GET['page']);
