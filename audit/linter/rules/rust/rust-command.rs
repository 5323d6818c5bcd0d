fn f(name: &str) {
    // ruleid: rust-command
    let a = Command::new(name).status();
    // ruleid: rust-command
    let b = Command::new("sh").arg("-c").arg(name).status();
    // ruleid: rust-command
    let c = Command::new("sh").arg("-c").arg(format!("ls {}", name)).status();
    // ok: rust-command
    let d = Command::new("ls").arg("--").arg(name).status();
    // ok: rust-command
    let e = Command::new("sh").arg("-c").arg("ls -l").status();
    // ruleid: rust-command
    let g = Command::new("bash").args(&["-c", name]).status();
    // ok: rust-command
    let h = Command::new("bash").args(&["-c", "ls -l"]).status();
}
