def pairs(items):
    for i in range(len(items)):
        # ruleid: beyond-end
        yield items[i], items[i + 1]

def summed(values):
    total = 0
    for place in range(0, len(values)):
        # ruleid: beyond-end
        total += values[place + 1]
    return total

def pairs_to_the_end(items):
    for i in range(len(items) - 1):
        # ok: beyond-end
        yield items[i], items[i + 1]

def asked(items):
    for i in range(len(items)):
        if i + 1 < len(items):
            # ok: beyond-end
            yield items[i + 1]
