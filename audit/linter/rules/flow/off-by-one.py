def one_too_many(prices):
    total = 0
    # ruleid: off-by-one
    for i in range(len(prices) + 1):
        total += prices[i]
    return total

def one_too_far(prices):
    i = 0
    # ruleid: off-by-one
    while i <= len(prices):
        print(prices[i])
        i += 1

def to_the_end(prices):
    # ok: off-by-one
    for i in range(len(prices)):
        print(prices[i])

def prefixes(text):
    # ok: off-by-one
    for i in range(len(text) + 1):
        print(text[:i])

def behind_the_last(prices):
    # ruleid: off-by-one
    return prices[len(prices)]

def up_to_the_end(prices):
    for i in range(len(prices) + 1):
        # ok: off-by-one
        print(prices[i] if i < len(prices) else "end")

def backwards(prices):
    # ruleid: off-by-one
    for i in range(len(prices), -1, -1):
        print(prices[i])
