import torch

from radiogaze.augmentation.counter_rng import Stream, permutation, philox, uniform


def words(*values):
    return tuple(torch.tensor([value]) for value in values)


def test_philox_gives_the_published_test_vectors():
    """Known answers of Salmon et al.'s Random123 distribution, philox4x32-10."""
    ones = 0xFFFFFFFF
    known = {
        ((0, 0, 0, 0), (0, 0)): "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        ((ones,) * 4, (ones,) * 2): "408f276d 41c83b0e a20bc7c6 6d5451fd",
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
        ): "d16cfe09 94fdcceb 5001e420 24126ea1",
    }
    for (counter, key), expected in known.items():
        found = philox(words(*counter), key)
        assert " ".join(f"{word:08x}" for word in found.flatten().tolist()) == expected


def test_a_number_depends_on_its_coordinates_alone():
    index = torch.arange(100)
    together = uniform(Stream.AUGMENTATION, 7, 3, 2, index)
    alone = uniform(Stream.AUGMENTATION, 7, 3, 2, index[42:43])
    assert torch.equal(together[:, 42:43], alone)


def test_every_coordinate_matters():
    index = torch.arange(8)
    base = (Stream.AUGMENTATION, 1, 1, 1)
    others = [
        (Stream.TEST_ORDER, 1, 1, 1),
        (Stream.AUGMENTATION, 2, 1, 1),
        (Stream.AUGMENTATION, 1 + 2**32, 1, 1),
        (Stream.AUGMENTATION, 1, 2, 1),
        (Stream.AUGMENTATION, 1, 1, 2),
    ]
    drawn = uniform(*base, index)
    for other in others:
        assert not torch.isclose(drawn, uniform(*other, index)).any()


def test_uniform_is_uniform():
    draws = uniform(Stream.AUGMENTATION, 0, 0, 0, torch.arange(100_000))
    assert draws.min() >= 0
    assert draws.max() < 1
    counts = torch.histc(draws.float(), bins=20, min=0, max=1)
    assert (counts / counts.mean() - 1).abs().max() < 0.03


def test_permutation_holds_everything_once_and_changes_with_the_pass():
    first, second = (permutation(Stream.TEST_ORDER, 0, 0, p, 157) for p in (0, 1))
    assert torch.equal(first.sort().values, torch.arange(157))
    assert not torch.equal(first, second)
