<?php
// ruleid: php-command-or-code
system("ls " . $_GET['dir']);
// ok: php-command-or-code
system("ls " . escapeshellarg($_GET['dir']));
// ok: php-command-or-code
system("ls");
function run($script) {
  // ruleid: php-command-or-code
  exec($script, $lines);
}
function ping($host) {
  // ok: php-command-or-code
  exec("ping " . escapeshellarg($host), $lines);
}
