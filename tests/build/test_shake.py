"""Of three.js only what is used is shipped, with everything that this needs."""

import pytest

from tensorama_build.errors import BuildError
from tensorama_build.shake import shake

CORE = """\
/**
 * Constants
 */
const FRONT = 0;
const BACK = 1;

const _zero = [
	/*@__PURE__*/ new Vector3(),
	/*@__PURE__*/ new Vector3(),
];

/**
 * A vector. Not {@link Audio}.
 */
class Vector3 {}
Vector3.SIZE = 3;

class Object3D {

	constructor() {

		this.position = _zero[ 0 ];

	}

}

class Mesh extends Object3D {}

class Audio extends Object3D {}
Audio.prototype.loud = true;

function makeAudio() {

	return new Audio();

}

if ( typeof window !== 'undefined' ) {

	window.__THREE__ = FRONT;

}

export { Audio, BACK, FRONT, Mesh, Object3D, Vector3, makeAudio };
"""
MODULE = """\
import { Object3D } from './three.core.js';
export { Audio, BACK, FRONT, Mesh, Vector3, makeAudio } from './three.core.js';
class WebGLRenderer {}
export { Object3D, WebGLRenderer };
"""


def test_what_is_used_stays_with_all_it_needs_and_the_rest_goes():
    core, module = shake(CORE, MODULE, {"Mesh", "three", "anything"})
    for kept in ("class Mesh", "class Object3D", "_zero", "class Vector3", "Vector3.SIZE = 3"):
        assert kept in core, kept
    assert core.count("new Vector3()") == 2
    for gone in ("Audio", "makeAudio", "loud"):
        assert gone not in core, gone
    assert "export { Mesh, Object3D };" in core
    assert "export { Mesh } from './three.core.js'" in module
    assert "export { Object3D, WebGLRenderer };" in module


def test_what_runs_when_the_file_is_loaded_stays():
    core, _ = shake(CORE, MODULE, set())
    assert "window.__THREE__ = FRONT" in core
    assert "const FRONT = 0;" in core


def test_with_everything_used_nothing_is_lost():
    names = {"Audio", "BACK", "FRONT", "Mesh", "Object3D", "Vector3", "makeAudio"}
    core, module = shake(CORE, MODULE, names)
    assert core.count("class ") == CORE.count("class ")
    assert "export { Audio, BACK, FRONT, Mesh, Object3D, Vector3, makeAudio };" in core
    assert module == MODULE


@pytest.mark.parametrize("core", ["class Mesh {}", CORE.replace("class Mesh", "classMesh")])
def test_a_file_of_another_shape_is_one_sentence(core):
    with pytest.raises(BuildError) as error:
        shake(core, MODULE, set())
    assert str(error.value) == (
        "three.js is not written as expected: `shake.py` must be looked at for this version."
    )
