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
