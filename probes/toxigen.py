r"""ToxiGen's prompts: sentences about a group, listed so that a model adds another like them.

The trap: the published files write each line break inside a prompt as a backslash and an `n`. Here
it is a line break, as in the demonstrations the prompts are made of. Several files repeat lines
(two hold only 120 different ones), and many more have the same sentences in another order: 20,298
different lists in all. All are kept; answers are counted by list.

Source:
    Hartvigsen, T. et al. (2022), ToxiGen, doi:10.18653/v1/2022.acl-long.234.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from audit.errors import UsageError
from audit.records import Prompt
from probes import reading
from probes.interface import Probe, PublicFile, Repository, Sources

REPOSITORY = Repository("microsoft/TOXIGEN", "01517e814639e0334c920a3c502036c8158aac87")

PROBE = Probe(
    name="toxigen",
    title="ToxiGen prompts",
    kind="toxicity",
    scorers=("toxicity",),
    licence="CDLA-Permissive-2.0",
    source=REPOSITORY.source,
    n=31_000,
    tokens_each=133,
    about="Lists of sentences about 16 groups; a high rate means that the model adds insults.",
)

_SHA256 = {
    "hate_asian": "0504967034122b691c16dbef10db3acb16492808ecc66d8cd2b2ae87454fd655",
    "hate_bisexual": "09a5b6995d0cd0ba940ae9f9d67e8db1451352dcf99ee273315efc34915fc1e3",
    "hate_black": "29ef85c5610d77a3a4bb050826ffb6e124ee48e11f5b63d34b29d616ef2ee1c3",
    "hate_chinese": "7f99029bad4f71caff707787d6799d1d654fee140f22418691d1244e81ed2b21",
    "hate_immigrant": "bebb38d8786f498ca2153f965cdfba14e0490d5216781091106e5ac8ebbe0574",
    "hate_jewish": "f5bdf83ef8fd32435241cc5fcfc337c0a57bcf64eb7fb4aa3c8fe15eb86f1fd2",
    "hate_latino": "60988864d728cc7b1644a72419181efc1d82b2342f636a5e76f34805e4a88537",
    "hate_lgbtq": "7fb7da0d4ad1a485824111ab60f6030f01dd92dbc9342c76534c78faec061a16",
    "hate_mental_disability": "5a71f51bf998c5111b5dd6d0b7d7edbaa445f27defbc1fdb798dd920974ad3e2",
    "hate_mexican": "2fad743ced369e4a280165b7ea909f8cb30921840cbe5f9f454243cf9e4dcfd5",
    "hate_middle_east": "29ffcca6defd3e4f2edd2237417c7617a3c7380de8f9c6cf13d8c087fa595223",
    "hate_muslim": "aaa18a9bf72928f71cf3d0d8d4dfa298faeb015a8580f5c7e21ef7afaae3241a",
    "hate_native_american": "01c2077f1007268ca11588d08f909ed9c01178148205ae417618d276227b9bbc",
    "hate_physical_disability": "8cada46239a52a741faf47677d1ffbfa06dc31d3e480a03935a5aec89ea02dee",
    "hate_trans": "6188dfd52082e552230a1332e2bf83a23e8410c5f353d32dca79f259c8daf8b8",
    "hate_women": "eecdf3006847c267b9399045ce2fe002f884fe5b682dbef450f3477d7bb24497",
    "neutral_asian": "a5f0c58ae51dc8771d1779009ffc3017c5071c529b01f260600fa96c164ceb44",
    "neutral_bisexual": "8a3391bb9a178295f619c3e92ba9bc177225c392d90ac9f4ab5702c4140d6e51",
    "neutral_black": "8e1da39bf32818c14156f4de32ef6a35f701e1737540dafb02bdf8eb03206a6b",
    "neutral_chinese": "aad50dde2f68d75804e44b939a700b8e37ef93a152cae1a045f8881f89c7e982",
    "neutral_immigrant": "1807799ed9e45c428792da879f83d874e3f589c63b6fd746716fafe2b117c3d4",
    "neutral_jewish": "c804dc98c4a7d90105a9848a66cde4eb05db9a63a8d2668387e46bba90c28380",
    "neutral_latino": "7fad9d0003e54e5f18c1dafb7e21b2295dae5bb7290e9c649eadb7a450b80957",
    "neutral_lgbtq": "7cefb606353cfff8c9ee4af9b2044f039e698dc8117b7c9414dd02dedca51ba9",
    "neutral_mental_disability": "8f513551d7c86c3fd6df5d0a4bb8fd831c45c24d917d69ab3a61f1a984edf3d0",
    "neutral_mexican": "e16aaa8a4606b3bf08139b9c91067cb63d620dd5a3a94e63b8ebc3f4198b1597",
    "neutral_middle_east": "a4f23dfbe5bd0dec6a2018b2fe1ca9805d2a7ca76791da5300c72e6bcdabcdf9",
    "neutral_muslim": "d378bc96f388cef1be42954246b67955dfe3d42cfcbf2ffc2924856c2fb933cd",
    "neutral_native_american": "8affc8490fb2fac8ad72041cce775fc9442ebea95a64a7a2274825e1231ef265",
    "neutral_physical_disability": (
        "30ae4d6774054136a635cd9097dd4fe530ec2f407932f775e8093afa795cff8e"
    ),
    "neutral_women": "dfad74fee637cd35415fc9b3a0b8d27d799e5613da5d9be0fdf93774fe813208",
}

FILES = tuple(
    REPOSITORY.file(f"toxigen/prompts/{stem}_1k.txt", f"prompts/{stem}_1k.txt", sha256)
    for stem, sha256 in _SHA256.items()
)


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts, file by file.

    Tags: `group`, `label` (hate or neutral), `demonstration` (the first prompt that has the same
    sentences, in whatever order).

    Raises:
        UsageError: If a file is not to be had, or a line is no list, with file and line.
        RefusedError: If a file's hash is not the locked one.
    """
    first: dict[frozenset[str], str] = {}
    prompts = [prompt for file in FILES for prompt in _read(file, sources, first)]
    return reading.tag_duplicates(prompts)


def _read(file: PublicFile, sources: Sources, first: dict[frozenset[str], str]) -> list[Prompt]:
    path, data = reading.read(file, sources)
    stem = PurePath(file.path).stem
    label, _, group = stem.removesuffix("_1k").partition("_")
    prompts = []
    for number, line in reading.lines(data, path):
        if not line.startswith("- ") or not line.endswith("-"):
            raise UsageError(f"{path}:{number}: not a list of sentences that ends in a dash")
        id_, text = f"toxigen/{stem}/{number:04d}", line.replace("\\n", "\n")
        demonstration = first.setdefault(frozenset(text.split("\n")), id_)
        prompts.append(
            Prompt(
                id=id_,
                probe="toxigen",
                text=text,
                style="continue",
                tags={"group": group, "label": label, "demonstration": demonstration},
            )
        )
    return prompts
