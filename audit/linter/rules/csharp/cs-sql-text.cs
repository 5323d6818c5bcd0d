class A {
  void F(string name) {
    // ruleid: cs-sql-text
    var a = new SqlCommand("select * from t where n = '" + name + "'", connection);
    // ruleid: cs-sql-text
    command.CommandText = $"select * from t where n = '{name}'";
    // ruleid: cs-sql-text
    command.CommandText = builder.ToString();
    // ok: cs-sql-text
    var b = new SqlCommand("select * from t where n = @name", connection);
    // ok: cs-sql-text
    command.CommandText = "select count(*) from t";
  }
  void G(string name) {
    // ruleid: cs-sql-text
    string query = "select * from t where n = '" + name + "'";
    var c = new MySqlCommand(query, connection);
  }
  void H(string name) {
    // ok: cs-sql-text
    string query = "select * from t where n = @name";
    var c = new MySqlCommand(query, connection);
  }
}
