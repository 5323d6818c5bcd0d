# ruleid: torch-load
a = torch.load(path, map_location="cpu")
# ok: torch-load
b = torch.load(path, weights_only=True)
# ok: torch-load
c = safetensors.torch.load_file(path)

def restored(path, model):
    from torch import load
    # ruleid: torch-load
    model.load_state_dict(load(path))

def restored_plainly(path, model):
    # ok: torch-load
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
