fn f(name: &str) {
    // ruleid: rust-sql-text
    let a = sql_query(format!("select * from t where n = '{}'", name));
    // ruleid: rust-sql-text
    let b = client.query(&format!("select * from t where n = '{}'", name), &[]);
    // ok: rust-sql-text
    let c = client.query("select * from t where n = $1", &[&name]);
    // ok: rust-sql-text
    let d = client.send(&format!("hello {}", name), 1);
    let text = format!("select * from t where n = '{}'", name);
    // ruleid: rust-sql-text
    let e = client.query(&text, &[]);
    let other = "select * from t where n = '".to_string() + name;
    // ruleid: rust-sql-text
    let g = client.query(other.as_str(), &[]);
}
