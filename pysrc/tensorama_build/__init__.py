"""The tooling behind `build.py`: it fetches, builds, serves, tests and measures.

Data flows one way: `lock` says which files there are, `fetch` gets them through `sources`,
`pages`, `wheels` and `vendor` turn them into parts of dist/, `build` puts the parts together,
`serve`, `checks` and `bench` use what was built. Nothing here is shipped to the page.
"""
