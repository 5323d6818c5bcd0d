def part_of(text):
    if not text:
        return None
    return text.split(",")

def counted(text):
    parts = part_of(text)
    # ruleid: nothing-used
    return len(parts)

def the_first(text):
    parts = part_of(text)
    # ruleid: nothing-used
    return parts[0]

def counted_if_any(text):
    parts = part_of(text)
    # ok: nothing-used
    return len(parts) if parts else 0

def handed_on(text):
    parts = part_of(text)
    # ok: nothing-used
    return parts
