def with_md5(password):
    # ruleid: weak-password-hash
    return hashlib.md5(password.encode()).hexdigest()

def with_sha256(user, password):
    # ruleid: weak-password-hash
    user.hash = hashlib.sha256(password.encode("utf-8")).hexdigest()

def in_two_steps(password):
    digest = hashlib.sha256()
    # ruleid: weak-password-hash
    digest.update(password)
    return digest.hexdigest()

def with_scrypt(password):
    # ok: weak-password-hash
    return hashlib.scrypt(password.encode(), salt=os.urandom(16), n=16384, r=8, p=1)

def of_a_file(data):
    # ok: weak-password-hash
    return hashlib.sha256(data).hexdigest()

def with_a_fixed_salt(password):
    # ruleid: weak-password-hash
    return hashlib.sha512(b"pepper" + password).hexdigest()

def with_passlib(text):
    # ruleid: weak-password-hash
    return md5_crypt.hash(text)

def with_passlib_well(text):
    # ok: weak-password-hash
    return argon2.hash(text)

def with_werkzeug(text):
    # ruleid: weak-password-hash
    return generate_password_hash(text, method="sha1")

def with_werkzeug_well(text):
    # ok: weak-password-hash
    return generate_password_hash(text, method="pbkdf2:sha256:600000")

# ruleid: weak-password-hash
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

def short_for_it(pw, salt):
    # ruleid: weak-password-hash
    return hashlib.sha256(salt + pw).hexdigest()

def not_short_for_it(spw, salt):
    # ok: weak-password-hash
    return hashlib.sha256(salt + spw).hexdigest()

# ruleid: weak-password-hash
old_first = CryptContext(schemes=["md5_crypt", "bcrypt"])
# ok: weak-password-hash
new_first = CryptContext(schemes=["bcrypt", "md5_crypt"], deprecated="auto")

def of_a_form(request):
    # ruleid: weak-password-hash
    return hashlib.sha256(request.form["password"].encode()).hexdigest()

def by_django(given):
    # ruleid: weak-password-hash
    return make_password(given, hasher="unsalted_md5")

def by_django_as_set(given):
    # ok: weak-password-hash
    return make_password(given)

def of_a_field(request):
    # ok: weak-password-hash
    return hashlib.sha256(request.form["document"].encode()).hexdigest()
