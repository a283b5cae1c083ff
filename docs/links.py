"""A hook of mkdocs: every file of the site keeps its place in the repository.

A relative link is then right on GitHub and in the site, whether or not it leaves docs/.
"""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PUBLISHED = (
    "*.md",
    "*/README.md",
    "docs/*.*",
    "docs/*/*.*",
    "docs/*/*/*.*",
    "CITATION.cff",
    "config.yaml",
    "experiments/*",
    "workflow/reference/*.csv",
    "src/radiogaze/files/schemas/*.yaml",
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace the files of docs/ by those that are published, and leave the theme's."""
    root = Path(config.config_file_path).parent
    kept = [file for file in files if file.src_dir != config.docs_dir]
    paths = sorted({path for pattern in PUBLISHED for path in root.glob(pattern)})
    return Files(
        kept
        + [
            File.generated(config, path.relative_to(root).as_posix(), abs_src_path=str(path))
            for path in paths
            if path.suffix != ".py"
        ]
    )
