# ruleid: any-origin-setting
CORS_ALLOW_ALL_ORIGINS = True
# ruleid: any-origin-setting
CORS_ORIGIN_ALLOW_ALL = True
# ok: any-origin-setting
CORS_ALLOWED_ORIGINS = ["https://shop.example.org"]
# ok: any-origin-setting
CORS_ALLOW_CREDENTIALS = True
