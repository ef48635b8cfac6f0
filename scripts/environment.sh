# Sourced by scripts/calandra and scripts/test with $project set: where the JDK and Maven are, what is built, how it is
# started. Plain POSIX shell, since macOS and slim containers have no recent bash.

# The oldest JDK 25 update that will do: earlier ones corrupt zstd output (JDK-8377811).
needed_jdk='25.0.3'

fail() {
    echo "calandra: $*" >&2
    exit "${status:-2}"
}

# ---- JDK ----

# Prints JAVA_VERSION from a JDK's release file, or nothing where there is no JDK with a compiler.
jdk_version() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            JAVA_VERSION=*)
                number=${line#JAVA_VERSION=}
                number=${number#\"}
                echo "${number%%[!0-9.]*}"
                return 0
                ;;
        esac
    done <"$1/release"
}

# Whether version $1 is at least $2, number by number. No processes: this is part of every start.
version_at_least() {
    have=$1.0.0.0
    want=$2.0.0.0
    for _ in 1 2 3; do
        h=${have%%.*} have=${have#*.}
        w=${want%%.*} want=${want#*.}
        [ "$h" -gt "$w" ] && return 0
        [ "$h" -lt "$w" ] && return 1
    done
    return 0
}

# Prints the home of the java on the PATH, links resolved; /usr/bin/java of macOS is a stub without a release file.
jdk_on_path() {
    java=$(command -v java) || return 0
    while [ -L "$java" ]; do
        target=$(readlink "$java")
        case $target in
            /*) java=$target ;;
            *) java=$(dirname "$java")/$target ;;
        esac
    done
    dirname "$(dirname "$java")"
}

# Prints candidate JDK homes, one per line: JAVA_HOME, the PATH, then where systems and tools keep theirs.
jdk_candidates() {
    [ -n "${JAVA_HOME:-}" ] && echo "$JAVA_HOME"
    jdk_on_path
    for home in \
        /usr/lib/jvm/* \
        /usr/lib64/jvm/* \
        /usr/java/* \
        /opt/java/* /opt/jdk* \
        "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* \
        "$HOME"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        [ -d "$home" ] && echo "$home"
    done
    [ -x /usr/libexec/java_home ] && /usr/libexec/java_home -v 25+ 2>/dev/null
    return 0
}

# Sets and exports JAVA_HOME: the first candidate that is new enough.
find_jdk() {
    HOME=${HOME:-/}
    found=
    nearest=
    candidates=$(jdk_candidates)
    while IFS= read -r home; do
        version=$(jdk_version "$home")
        [ -n "$version" ] || continue
        if version_at_least "$version" "$needed_jdk"; then
            found=$home
            break
        fi
        nearest="${nearest:+$nearest, }$version in $home"
    done <<CANDIDATES
$candidates
CANDIDATES
    [ -n "$found" ] || fail "no JDK $needed_jdk or newer found${nearest:+ (only $nearest)}: install one," \
        "for example Temurin 25 from adoptium.net, or 'sdk install java 25-tem', or set JAVA_HOME to yours."
    JAVA_HOME=$found
    jdk="$version $found"
    export JAVA_HOME
}

# ---- Maven ----

# Sets $maven to an executable Maven.
find_maven() {
    for maven in \
        "${MAVEN_HOME:-}/bin/mvn" \
        "$(command -v mvn || true)" \
        "${SDKMAN_DIR:-$HOME/.sdkman}/candidates/maven/current/bin/mvn" \
        /opt/homebrew/bin/mvn /usr/local/bin/mvn /usr/share/maven/bin/mvn /opt/maven/bin/mvn; do
        [ -n "$maven" ] && [ -x "$maven" ] && return 0
    done
    fail "Maven 3.8 or newer is needed to build Calandra and was not found: install it" \
        "('apt install maven', 'dnf install maven', 'brew install maven' or 'sdk install maven')."
}

# ---- Build ----

# Sets $tree (the sources that are built), $application (the jar; its manifest names the others) and $state (the
# launcher's own folder).
build_in() {
    tree=$1
    state=$tree/target/launcher
    application=$tree/cli/target/cli-0.1.0.jar
}

# A checkout that cannot be written to and is not built is copied to the user's cache and built there.
locate_build() {
    build_in "$project"
    if ! [ -w "$project" ] && sources_changed; then
        build_in "${XDG_CACHE_HOME:-$HOME/.cache}/calandra/$(printf '%s' "$project" | cksum | cut -d' ' -f1)"
    fi
}

# Whether a source of $project is newer than the last build; folders count, so that deletions do.
sources_changed() {
    [ -f "$state/stamp" ] && [ -f "$application" ] || return 0
    [ -n "$(cd "$project" && find pom.xml ./*/pom.xml ./*/src/main scripts/jvm.options -newer "$state/stamp" -print | head -n 1)" ]
}

build_if_needed() {
    locate_build
    if sources_changed; then
        find_maven
        mkdir -p "$state" || fail "cannot create $state: make the checkout or its cache folder writable."
        # Two starts at once: the second waits, and then finds everything built.
        if command -v flock >/dev/null 2>&1; then
            exec 9>"$state/lock"
            flock 9
            if sources_changed; then build; fi
            exec 9>&-
        else
            build
        fi
    fi
    if [ "$(cat "$state/stamp")" != "$jdk" ]; then archive_classes; fi
}

build() {
    touch "$state/started"
    [ "$tree" = "$project" ] || copy_sources
    log=$state/build.log
    "$maven" -B -f "$tree/pom.xml" -pl cli -am -Dmaven.test.skip=true -Dspotless.check.skip=true package \
        >"$log" 2>&1 </dev/null 9>&- &
    worker=$!
    trap 'kill $worker 2>/dev/null; exit 75' INT TERM
    if [ -t 2 ]; then
        while kill -0 $worker 2>/dev/null; do
            module=$(sed -n 's/^\[INFO\] Building \([^ ]*\) .*\(\[.*\]\)$/\2 \1/p' "$log" | tail -n 1)
            printf '\rcalandra: building (once) %-40s' "$module" >&2
            sleep 1
        done
        printf '\r%-70s\r' '' >&2
    else
        echo 'calandra: building (once; Maven fetches libraries the first time)' >&2
    fi
    if wait $worker; then
        trap - INT TERM
    else
        trap - INT TERM
        { grep '^\[ERROR\]' "$log" || tail -n 20 "$log"; } | head -n 12 >&2
        status=70 fail "the build failed; the whole log is $log"
    fi
    : >"$state/stamp"
    touch -r "$state/started" "$state/stamp"
}

copy_sources() {
    (cd "$project" && tar cf - --exclude=./target --exclude='./*/target' --exclude=./.git --exclude=./runs .) |
        (cd "$tree" && tar xf -)
}

# ---- Start ----

# The classes that a run needs, parsed and verified once (class-data sharing); valid for one JDK.
archive_classes() {
    [ -w "$state" ] || return 0
    # Under a name of its own until it is whole: two first starts may be here at once.
    archive=$state/classes.$$
    if [ -t 2 ]; then echo 'calandra: rehearsing a run, so that later ones start fast (once)' >&2; fi
    rehearse >"$state/archive.log" 2>&1 ||
        (become_java -XX:ArchiveClassesAtExit="$archive" \
            -cp "$application" dev.calandra.cli.Main --help) >>"$state/archive.log" 2>&1 ||
        { cat "$state/archive.log" >&2; status=70 fail "the fresh build does not start."; }
    mv "$archive" "$state/classes.jsa"
    touch -r "$state/stamp" "$state/started"
    printf '%s\n' "$jdk" >"$state/stamp"
    touch -r "$state/started" "$state/stamp"
}

# Makes $archive from a tiny run of training, in a folder that is removed afterwards.
rehearse() {
    (
        folder=$(mktemp -d "$state/rehearsal.XXXXXX") && cd "$folder" || exit 1
        trap 'rm -rf "$folder"' EXIT
        tokenizer=$project/examples/tokenizer/calandra-4k.json
        (become_java -cp "$application" dev.calandra.cli.Main tokenize --problems=100 --held-out=0.2 --name=problems \
            --tokenizer="$tokenizer" --output=problems) &&
            (become_java -XX:ArchiveClassesAtExit="$archive" \
                -cp "$application" dev.calandra.cli.Main pretrain "$project/scripts/rehearsal.yaml" \
                --set "data.tokenizer=$tokenizer")
    )
}

# Becomes the JVM: in a subshell where this shell is to go on.
become_java() {
    # One BLAS thread per call: the kernels split work over Java threads themselves.
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    exec "$JAVA_HOME/bin/java" "@$project/scripts/jvm.options" \
        -XX:CompilerDirectivesFile="$project/scripts/compiler.directives" -Xlog:cds=off -Xlog:cds+dynamic=off -Xmx2g "$@"
}

run_calandra() {
    # Large blocks in huge pages, where the C library can: tensors span many times what the processor's address caches do.
    export GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}"
    # shellcheck disable=SC2086 -- several options in one variable are meant to be split
    become_java -XX:SharedArchiveFile="$state/classes.jsa" -Xshare:auto \
        ${CALANDRA_JAVA_OPTS:-} -Dcalandra.home="$project" -cp "$application" dev.calandra.cli.Main "$@"
}
