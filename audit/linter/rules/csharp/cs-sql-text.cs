class A {
  void F(string name) {
    // ruleid: cs-sql-text
    var a = new SqlCommand("select * from t where n = '" + name + "'", connection);
    // ruleid: cs-sql-text
    command.CommandText = $"select * from t where n = '{name}'";
    var builder = new StringBuilder("select * from t where n = ");
    builder.Append(name);
    // ruleid: cs-sql-text
    command.CommandText = builder.ToString();
    // ok: cs-sql-text
    var b = new SqlCommand("select * from t where n = @name", connection);
    // ok: cs-sql-text
    command.CommandText = "select count(*) from t";
  }
  void G(string name) {
    string query = "select * from t where n = '" + name + "'";
    // ruleid: cs-sql-text
    var c = new MySqlCommand(query, connection);
  }
  void H(string name) {
    string query = "select * from t where n = @name";
    // ok: cs-sql-text
    var c = new MySqlCommand(query, connection);
  }
  void I(string name) {
    string query = "select * from t where n = '";
    query += name + "'";
    // ruleid: cs-sql-text
    var d = connection.Query<Row>(query);
    // ok: cs-sql-text
    var e = connection.Query<Row>("select * from t where n = @name", new { name });
  }
  void J(string column) {
    if (!Columns.Contains(column)) { return; }
    // ok: cs-sql-text
    var f = connection.Query<Row>(Order(column));
  }
}
