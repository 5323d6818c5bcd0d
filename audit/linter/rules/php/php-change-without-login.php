<?php
function remove($db) {
  $all = $db->prepare("DELETE FROM posts WHERE id = ?");
  // ruleid: php-change-without-login
  $all->execute([$_GET['id']]);
}
function close() {
  // ruleid: php-change-without-login
  wp_delete_post($_POST['id']);
}
function asked($db) {
  if ($_SESSION['role'] !== 'admin') { exit; }
  $all = $db->prepare("DELETE FROM posts WHERE id = ?");
  // ok: php-change-without-login
  $all->execute([$_GET['id']]);
}
function read($db) {
  $all = $db->prepare("SELECT * FROM posts WHERE id = ?");
  // ok: php-change-without-login
  $all->execute([$_GET['id']]);
}
function allowed() {
  if (!current_user_can('delete_posts')) { wp_die(); }
  // ok: php-change-without-login
  wp_delete_post($_POST['id']);
}
