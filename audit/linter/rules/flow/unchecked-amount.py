def direct(account):
    # ruleid: unchecked-amount
    account.balance -= int(request.form["amount"])

def through_a_variable(accounts, name):
    amount = float(request.form["amount"])
    # ruleid: unchecked-amount
    accounts[name] -= amount

def checked(account):
    amount = int(request.form["amount"])
    if amount <= 0 or amount > account.balance:
        abort(400)
    # ok: unchecked-amount
    account.balance -= amount

def inside_limits(account):
    amount = int(request.form["amount"])
    if 0 < amount <= account.balance:
        # ok: unchecked-amount
        account.balance -= amount

def a_fixed_amount(account):
    # ok: unchecked-amount
    account.balance -= 1

def written_out(account):
    amount = int(request.form["amount"])
    # ruleid: unchecked-amount
    account.balance = account.balance - amount

def never_below_nought(account):
    # ok: unchecked-amount
    account.balance -= abs(int(request.form["amount"]))
