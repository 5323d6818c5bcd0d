def stopped(user):
    # ruleid: assert-permission
    assert user.is_admin

def stopped_with_a_text(user):
    # ruleid: assert-permission
    assert user.role == "admin", "not allowed"

def raised(user):
    # ok: assert-permission
    if not user.is_admin:
        raise PermissionError("not allowed")

def a_fact(n):
    # ok: assert-permission
    assert n > 0
