#!/bin/sh
# Starts again what was ended by `docker kill`. Docker's restart policy covers what crashed or what the
# kernel killed, but takes `docker kill` for an operator's wish, as `docker stop`. Here only the
# latter is one. There is one keeper for a project; it ends with the project's last container.
set -eu
cd "$(dirname "$0")/../.."
project=$(docker compose config | sed -n 's/^name: //p')
of_project="label=com.docker.compose.project=$project"
asked=${VIGIA_STATE_DIR:-.vigia}/keep-$project # a file for each container that was asked to end
mkdir -p "$asked"
exec 9>"$asked.lock"
flock --nonblock 9 || exit 0
rm -rf "$asked"
mkdir "$asked"

nothing_left() { # and not: Docker does not answer
    left=$(docker ps --all --quiet --filter "$of_project") && [ -z "$left" ]
}

bring_back() { # unless it was removed meanwhile, or is to run once
    docker wait "$1" >/dev/null &&
        [ "$(docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' "$1")" != no ] &&
        docker start "$1" >/dev/null &&
        docker inspect --format "$(date -u +%FT%TZ) {{.Name}} was killed: started again" "$1" ||
        return 0
}

watch() {
    {
        docker events --filter "$of_project" --filter type=container \
            --format '{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.signal}}' 9>&- &
        echo "events $!"
        wait
    } | while read -r action id signal; do
        case "$action $signal" in
        events*) events=$id ;;
        start*) rm -f "$asked/$id" ;;
        'kill 1') ;; # reads its settings again
        'kill 9') [ -e "$asked/$id" ] || bring_back "$id" ;;
        kill*) : >"$asked/$id" ;;
        destroy*)
            rm -f "$asked/$id"
            ! nothing_left || kill "$events"
            ;;
        esac
    done
}

watch
until nothing_left; do # Docker itself was started anew
    sleep 1
    watch
done
rm -r "$asked"
